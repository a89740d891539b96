"""The student's network: one encoder pass, then cheap heads, for all drugs of all sentences in one operation."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel

from tasks.extraction.student.folder import MODEL_TYPE
from tasks.extraction.student.settings import Head
from tasks.extraction.student.tags import OUTSIDE, tag_count

EVENT_TAGS = 3
"""Outside, begin and inside of an event."""
IGNORED = -100
"""What stands in place of a target where there is none, as PyTorch has it."""


class StudentConfig(PretrainedConfig):
    """What a student extracts and how it is built.

    Args:
        task: name of the extraction task.
        encoder: configuration of the encoder, as its ``to_dict`` gives it.
        span_labels: labels of spans to tag; empty where none are.
        anchor: the span label whose spans (drugs) have related spans (events); None where none has.
        sentence_labels: how many labels a sentence can have; 0 where it has none.
        head: how the tokens of an anchor's related spans are told.
        width: units of the hidden layer of the heads ``mlp`` and ``biaffine``.
        window: tokens encoded at once.
        overlap: tokens that two windows of a text have in common.
        event_weight: of the loss of related spans beside that of the others (lambda).
        outside_weight: of words that no span covers, beside those that one does.
    """

    model_type = MODEL_TYPE

    def __init__(
        self,
        task: str = "",
        encoder: dict[str, Any] | None = None,
        span_labels: tuple[str, ...] = (),
        anchor: str | None = None,
        sentence_labels: int = 0,
        head: Head = "mlp",
        width: int = 128,
        dropout: float = 0.1,
        window: int = 256,
        overlap: int = 64,
        event_weight: float = 1.0,
        outside_weight: float = 1.0,
        **kwargs: Any,  # noqa: ANN401 - transformers' own
    ) -> None:
        super().__init__(**kwargs)
        self.task = task
        self.encoder = encoder or {}
        self.span_labels = list(span_labels)
        self.anchor = anchor
        self.sentence_labels = sentence_labels
        self.head = head
        self.width = width
        self.dropout = dropout
        self.window = window
        self.overlap = overlap
        self.event_weight = event_weight
        self.outside_weight = outside_weight


@dataclass(frozen=True, slots=True)
class Encoded:
    """What one encoder pass gives.

    Attributes:
        hidden: (batch, tokens, dimensions).
        tags: logits of the span tags, (batch, tokens, tags); no tags where the task has no spans.
        sentence: logits of the sentence labels, (batch, labels).
    """

    hidden: Tensor
    tags: Tensor
    sentence: Tensor


class Student(PreTrainedModel):
    """An encoder with a head for spans, one for the spans related to each anchor, and one for the sentence.

    Source: Gu et al. 2023, https://arxiv.org/abs/2307.06439, section 3, whose head is ``linear``.
    """

    config_class = StudentConfig
    config: StudentConfig

    def __init__(self, config: StudentConfig, encoder: PreTrainedModel | None = None) -> None:
        super().__init__(config)
        inner = AutoConfig.for_model(**config.encoder)
        self.encoder = encoder if encoder is not None else AutoModel.from_config(inner)
        size = inner.hidden_size
        self.dropout = nn.Dropout(config.dropout)
        self.span_head = nn.Linear(size, tag_count(config.span_labels))
        if config.sentence_labels:
            self.sentence_head = nn.Linear(size, config.sentence_labels)
        if config.anchor is not None:
            self.event_head = EVENT_HEADS[config.head](size, config.width, config.dropout)
        self.post_init()

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> Encoded:
        """Encode a batch, once.

        Args:
            input_ids: (batch, tokens).
            attention_mask: the same shape; 0 where padding stands.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        hidden = self.dropout(hidden)
        tags = self.span_head(hidden)
        if not self.config.sentence_labels:
            return Encoded(hidden, tags, hidden.new_zeros(hidden.shape[0], 0))
        weights = attention_mask.to(hidden.dtype).unsqueeze(-1)
        mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
        return Encoded(hidden, tags, self.sentence_head(mean))

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        tags: Tensor,
        sentence: Tensor,
        anchors: Tensor,
        event_tags: Tensor,
    ) -> dict[str, Tensor]:
        """Return the loss of a batch as ``batches.batch_of`` makes it.

        CE(span tags) + CE(sentence label) + ``event_weight`` * the mean over anchors of CE(event tags), each where
        the batch has any. An anchor without events is a row of tags that are all outside.
        """
        encoded = self.encode(input_ids, attention_mask)
        loss = encoded.hidden.sum() * 0
        if (tags != IGNORED).any():
            loss = loss + cross_entropy(encoded.tags.flatten(0, 1), tags.flatten(), self._weight(encoded.tags))
        if (sentence != IGNORED).any():
            loss = loss + cross_entropy(encoded.sentence, sentence)
        scored = event_tags != IGNORED
        if scored.any():
            logits = self.relate(encoded.hidden, anchors)
            each = cross_entropy(logits.flatten(0, 2), event_tags.flatten(), self._weight(logits), reduction="none")
            rows = each.view_as(event_tags).sum(-1) / scored.sum(-1).clamp(min=1)
            loss = loss + self.config.event_weight * rows[scored.any(-1)].mean()
        return {"loss": loss}

    def _weight(self, logits: Tensor) -> Tensor:
        """Return the weight of each tag: most words are outside of everything, and say less than the others."""
        weight = torch.ones(logits.shape[-1], dtype=logits.dtype, device=logits.device)
        weight[OUTSIDE] = self.config.outside_weight
        return weight

    def relate(self, hidden: Tensor, anchors: Tensor) -> Tensor:
        """Return the logits of the event tags of each token for each anchor: (batch, anchors, tokens, 3).

        Args:
            hidden: (batch, tokens, dimensions).
            anchors: (batch, anchors, tokens); each row has the weight of each token in the anchor's mean, and sums up
                to 1, or is 0 where padding stands.
        """
        return self.event_head(hidden, anchors.to(hidden.dtype) @ hidden)


class LinearHead(nn.Module):
    """u_i + v_j: what the paper writes. It ranks the tokens of a sentence alike for each of its anchors."""

    def __init__(self, size: int, width: int, dropout: float) -> None:
        super().__init__()
        self.token, self.anchor = nn.Linear(size, EVENT_TAGS), nn.Linear(size, EVENT_TAGS, bias=False)

    def forward(self, hidden: Tensor, anchors: Tensor) -> Tensor:
        """Score (batch, tokens, size) for (batch, anchors, size)."""
        return self.token(hidden).unsqueeze(1) + self.anchor(anchors).unsqueeze(2)


class MlpHead(nn.Module):
    """One hidden layer on [h_i ; d_j ; h_i * d_j]."""

    def __init__(self, size: int, width: int, dropout: float) -> None:
        super().__init__()
        self.token, self.anchor = nn.Linear(size, width), nn.Linear(size, width, bias=False)
        self.product = nn.Linear(size, width, bias=False)
        self.output = nn.Sequential(nn.GELU(), nn.Dropout(dropout), nn.Linear(width, EVENT_TAGS))

    def forward(self, hidden: Tensor, anchors: Tensor) -> Tensor:
        """Score (batch, tokens, size) for (batch, anchors, size)."""
        products = self.product(hidden.unsqueeze(1) * anchors.unsqueeze(2))
        mixed = self.token(hidden).unsqueeze(1) + self.anchor(anchors).unsqueeze(2) + products
        return self.output(mixed)


class BiaffineHead(nn.Module):
    """h_i W d_j + u_i + v_j for each tag, both sides projected (Dozat and Manning 2017, arXiv 1611.01734)."""

    def __init__(self, size: int, width: int, dropout: float) -> None:
        super().__init__()
        self.token = nn.Sequential(nn.Linear(size, width), nn.GELU(), nn.Dropout(dropout))
        self.anchor = nn.Sequential(nn.Linear(size, width), nn.GELU(), nn.Dropout(dropout))
        self.weight = nn.Parameter(torch.empty(EVENT_TAGS, width, width))
        nn.init.xavier_uniform_(self.weight)
        self.linear = LinearHead(width, width, dropout)

    def forward(self, hidden: Tensor, anchors: Tensor) -> Tensor:
        """Score (batch, tokens, size) for (batch, anchors, size)."""
        tokens, drugs = self.token(hidden), self.anchor(anchors)
        bilinear = torch.einsum("btw,kwv,bav->batk", tokens, self.weight, drugs)
        return bilinear + self.linear(tokens, drugs)


EVENT_HEADS: dict[str, type[nn.Module]] = {"mlp": MlpHead, "linear": LinearHead, "biaffine": BiaffineHead}
AutoConfig.register(MODEL_TYPE, StudentConfig, exist_ok=True)
AutoModel.register(StudentConfig, Student, exist_ok=True)
