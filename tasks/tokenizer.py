"""The tokenizer of a model that is trained, the same wherever its rows are made: with a template, an end and padding.

Base models such as Llama 2 or BioGPT come without a chat template, and many tokenizers name no token for padding.
"""

from typing import Any

from tasks.errors import DistilleryError
from tasks.logger import logger
from tasks.serving.conversation import PLAIN_TEMPLATE, Conversation, fold_system

TEMPLATE_FIELDS = {"enable_thinking": False}
"""What chat templates are told beside the conversation, as serving tells them: what is learnt holds no thoughts."""
PROBE: Conversation = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Does it help?"}]


def load_tokenizer(model: str, revision: str | None = None) -> Any:  # noqa: ANN401 - transformers is not typed
    """Load the tokenizer of a model folder or a Hugging Face name, and give it what it lacks.

    Without a chat template it gets ``PLAIN_TEMPLATE``, behind whatever it puts before every text; so what is trained
    is what serving asks such a model. An answer ends with the token that ends a text, which training teaches.

    Raises:
        DistilleryError: there is none, or none of its tokens ends a text.
    """
    from transformers import AutoTokenizer  # takes seconds to import

    try:
        tokenizer = AutoTokenizer.from_pretrained(model, revision=revision)
    except (OSError, ValueError) as error:
        raise DistilleryError(
            f"{model} has no tokenizer that transformers loads ({error}); name a model saved with one"
        ) from error
    except ImportError as error:
        raise DistilleryError(
            f"the tokenizer of {model} needs a package that is not installed ({' '.join(str(error).split())})"
        ) from error
    _name_the_end(tokenizer, model, read_config(model, revision))
    if tokenizer.chat_template is None:
        tokenizer.chat_template = _before_every_text(tokenizer) + PLAIN_TEMPLATE
    return tokenizer


def read_config(model: str, revision: str | None = None) -> Any:  # noqa: ANN401
    """Return the configuration of a model folder's or a Hugging Face name's language part; None where it has none."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(model, revision=revision).get_text_config()
    except (OSError, ValueError):
        return None


def longest_sequence(model: str, revision: str | None = None) -> int | None:
    """Return how many positions a model has learnt, such as 1,024 for BioGPT and GPT-2.

    None for all others: rotary and relative positions go on past the length that a configuration names.
    """
    config = read_config(model, revision)
    learnt = getattr(config, "max_position_embeddings", None)
    return learnt if isinstance(learnt, int) and not getattr(config, "rope_parameters", None) else None


def is_plain(template: str) -> bool:
    """Return whether a chat template is the one that models without one of their own are given."""
    return template.endswith(PLAIN_TEMPLATE)


def lacks_system_role(tokenizer: Any) -> bool:  # noqa: ANN401
    """Return whether the chat template takes a system message at the head of the first user turn alone; say so once.

    The templates of Gemma 2 and Mistral 7B v0.1 do. A template that leaves the message out without a word is told of
    as well: what is trained then is still what serving asks.
    """
    found = _rendered(tokenizer, PROBE)
    if found is None and _rendered(tokenizer, fold_system(PROBE)) is not None:
        logger.info(
            "the chat template of %s has no system role: system messages go to the head of the first user turn",
            tokenizer.name_or_path,
        )
        return True
    if found is not None and PROBE[0]["content"] not in found:
        logger.warning(
            "the chat template of %s leaves system messages out, in training as in serving; what they say has to stand "
            "in the prompt's template",
            tokenizer.name_or_path,
        )
    return False


def _rendered(tokenizer: Any, conversation: Conversation) -> str | None:  # noqa: ANN401
    from jinja2 import TemplateError

    try:
        text: str = tokenizer.apply_chat_template(
            conversation, tokenize=False, add_generation_prompt=True, **TEMPLATE_FIELDS
        )
    except (TemplateError, LookupError, TypeError, ValueError):
        return None
    return text


def _name_the_end(tokenizer: Any, model: str, config: Any) -> None:  # noqa: ANN401
    """Name the tokens that end a text and that pad one where the tokenizer does not, or the model has no row for them.

    The end is what the model's configuration says. Padding is masked, so that the end serves for it as well.
    """
    rows = getattr(config, "vocab_size", None) or len(tokenizer)
    if tokenizer.eos_token_id is None:
        ends = getattr(config, "eos_token_id", None)
        end = ends[0] if isinstance(ends, list) and ends else ends
        if not isinstance(end, int) or not 0 <= end < len(tokenizer):
            raise DistilleryError(
                f"the tokenizer of {model} has no token that ends a text, and so none by which a model learns where an "
                "answer ends; name one as eos_token in its tokenizer_config.json"
            )
        tokenizer.eos_token = tokenizer.convert_ids_to_tokens(end)
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id >= rows:
        tokenizer.pad_token = tokenizer.eos_token


def _before_every_text(tokenizer: Any) -> str:  # noqa: ANN401
    """Return the special tokens that a tokenizer puts before a text: a chat template has to write them itself."""
    bare = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    places = [place for place in range(len(whole)) if whole[place : place + len(bare)] == bare]
    return "".join(tokenizer.convert_ids_to_tokens(whole[: places[0]])) if bare and places else ""
