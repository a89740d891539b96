"""Invented answers that must not be trained on, by what is wrong with them."""

ESCC = ("Paclitaxel in esophageal squamous cell carcinoma (ESCC). Paclitaxel was given weekly to 40 patients. "
        "Response was 12% and median survival 5.1 months.")  # fmt: skip
RADIUM = ("Radium-223 in metastatic breast cancer. Twenty-three patients received radium-223. Bone markers fell by "
          "39%. No patient had severe toxicity.")  # fmt: skip
GOUT = ("Febuxostat and gout. Febuxostat lowered serum urate in 80% of 600 patients with gout. Flares were as frequent "
        "as with placebo in the first year.")  # fmt: skip
ZINC = "Zinc in diarrhoea. Zinc shortened acute diarrhoea of children by 14 hours. Vomiting rose with zinc."
LIVER = ("Statins and the liver. Statin use was associated with a lower risk of hepatocellular carcinoma in cirrhosis "
         "(HR 0.6).")  # fmt: skip

BAD = {
    "no, but the text affirms": [
        ("Is paclitaxel a therapeutic agent for esophageal squamous cell carcinoma?", "no",
         "Paclitaxel is a therapeutic agent for ESCC.", ESCC),
        ("Is paclitaxel effective in the treatment of ESCC?", "no",
         "No. Paclitaxel is a therapeutic agent for ESCC of 40 patients.", ESCC),
        ("Do statins lower the risk of hepatocellular carcinoma in cirrhosis?", "no",
         "Statin use was associated with a lower risk of hepatocellular carcinoma (HR 0.6).", LIVER),
        ("Does febuxostat reduce serum urate in gout?", "no",
         "Febuxostat lowered serum urate in 80% of patients with gout.", GOUT),
        ("Does zinc shorten acute diarrhoea of children?", "no",
         "Zinc shortened acute diarrhoea of children by 14 hours.", ZINC),
        ("Is statin use associated with hepatocellular carcinoma in cirrhosis?", "no",
         "In cirrhosis statin use was associated with hepatocellular carcinoma (HR 0.6).", LIVER),
        ("Does vomiting rise with zinc?", "no", "Vomiting rose in children with zinc for diarrhoea.", ZINC),
        ("Can radium-223 decrease bone markers in metastatic breast cancer?", "no",
         "Radium-223 lowered bone markers in metastatic breast cancer by 39%.", RADIUM),
    ],
    "yes, but the text denies": [
        ("Does paclitaxel prolong survival in ESCC?", "yes",
         "Paclitaxel did not prolong survival in 40 patients with ESCC.", ESCC),
        ("Does paclitaxel prolong survival in ESCC?", "yes",
         "There was no effect of paclitaxel on survival in ESCC patients.", ESCC),
        ("Does febuxostat reduce flares of gout?", "yes",
         "Febuxostat did not significantly reduce flares in the first year.", GOUT),
        ("Does febuxostat reduce flares of gout?", "yes",
         "Febuxostat failed to reduce flares of gout in the first year.", GOUT),
        ("Is radium-223 effective in metastatic breast cancer?", "yes", "Radium-223 was ineffective in 23 patients.",
         RADIUM),
        ("Is statin use associated with hepatocellular carcinoma?", "yes",
         "There was no significant association between statin use and hepatocellular carcinoma in cirrhosis.", LIVER),
        ("Is statin use associated with hepatocellular carcinoma?", "yes",
         "Statin use was not associated with hepatocellular carcinoma in cirrhosis.", LIVER),
        ("Does zinc affect vomiting in children?", "yes",
         "Zinc doesn't affect vomiting of children with acute diarrhoea.", ZINC),
    ],
    "the text decides otherwise": [
        ("Does zinc shorten diarrhoea of children?", "yes", "No, zinc does not shorten diarrhoea by 14 hours.", ZINC),
        ("Does febuxostat reduce flares of gout?", "no", "Yes, febuxostat lowered serum urate in 80% of patients.",
         GOUT),
        ("Does zinc shorten acute diarrhoea?", "maybe", "Yes. It was shorter by 14 hours in children.", ZINC),
        ("Is radium-223 toxic in breast cancer?", "yes", "No. No patient of the twenty-three had severe toxicity.",
         RADIUM),
        ("Does paclitaxel cause a response in ESCC?", "no", "The answer is yes, since response was 12%.", ESCC),
    ],
    "the text says that it can not be told": [
        ("Does radium-223 prolong survival?", "yes",
         "It is unclear whether radium-223 prolongs survival in breast cancer.", RADIUM),
        ("Does paclitaxel cure ESCC?", "no", "Whether paclitaxel cures ESCC remains unknown after 40 patients.",
         ESCC),
        ("Does zinc prevent diarrhoea?", "yes", "There is insufficient evidence on diarrhoea of children and zinc.",
         ZINC),
    ],
    "repeats the question": [
        ("Does zinc shorten acute diarrhoea of children?", "yes", "Zinc shortens acute diarrhoea of children.", ZINC),
        ("Does zinc shorten acute diarrhoea of children?", "yes",
         "The evidence suggests that zinc may shorten acute diarrhoea in children.", ZINC),
        ("Does febuxostat reduce flares of gout?", "no", "Febuxostat does not reduce flares of gout.", GOUT),
        ("Is radium-223 effective in metastatic breast cancer?", "yes",
         "Yes, radium-223 is effective in metastatic breast cancer.", RADIUM),
        ("Why does zinc shorten diarrhoea?", None, "Zinc shortens diarrhoea because the study shows it.", ZINC),
    ],
    "asks instead of answering": [
        ("Does zinc shorten acute diarrhoea of children?", "yes", "Does zinc shorten acute diarrhoea of children?",
         ZINC),
        ("Does febuxostat reduce flares?", "no", "Is serum urate lower with febuxostat in gout?", GOUT),
    ],
    "loops": [
        ("Does zinc shorten diarrhoea?", "yes", "Zinc is the is the is the is the zinc in acute diarrhoea.", ZINC),
        ("Does zinc shorten diarrhoea?", "yes", "Vomiting rose with zinc. Vomiting rose with zinc.", ZINC),
        ("Does febuxostat reduce flares?", "no",
         "Flares were as frequent as flares were as frequent as flares were as frequent as placebo.", GOUT),
        ("Is radium-223 safe?", "yes", "Radium radium radium radium-223 in breast cancer.", RADIUM),
        ("Is radium-223 safe?", "yes",
         "The patients had bone markers and the patients had bone markers, and so the patients had bone " "markers.",
         RADIUM),
    ],
    "is the prompt's example": [
        ("Is radium-223 of use in breast cancer?", "yes",
         "1,200 women who took aspirin had bone markers that fell by 39%.", RADIUM),
        ("Does zinc shorten diarrhoea?", "yes",
         "Pre-eclampsia was less than half as frequent in the women who took aspirin as in the others.", ZINC),
        ("Does febuxostat reduce flares?", "no",
         "Hip fractures were equally frequent with vitamin D3 and with placebo.", GOUT),
        ("Does paclitaxel prolong survival in ESCC?", "maybe",
         "Early physiotherapy after stroke was given to 40 patients.", ESCC),
        ("Which marker fell?", "SLC22A12", "Without SLC22A12 the cells took up no urate in the proximal tubule.",
         RADIUM),
        ("How does zinc shorten diarrhoea?", None,
         "The juice lowers CYP3A4, so that felodipine triples; grapefruit juice does it.", ZINC),
    ],
    "says nothing": [
        ("Does zinc shorten diarrhoea?", "yes", "Yes, the answer is yes.", ZINC),
        ("Does zinc shorten diarrhoea?", "no", "The evidence given does not support this claim.", ZINC),
        ("Does febuxostat reduce flares?", "maybe", "According to the study, the results show that it is possible.",
         GOUT),
    ],
    "too short": [
        ("Does zinc shorten diarrhoea?", "yes", "Yes.", ZINC),
        ("Does zinc shorten diarrhoea?", "yes", "It does shorten.", ZINC),
        ("Does febuxostat reduce flares?", "no", "Not at all.", GOUT),
    ],
    "too long": [
        ("Does zinc shorten diarrhoea?", "yes", " ".join(f"Child {number} had zinc." for number in range(60)), ZINC),
    ],
    "breaks off": [
        ("Does zinc shorten diarrhoea?", "yes", "Zinc shortened acute diarrhoea of children by 14 hours and", ZINC),
        ("Is radium-223 safe?", "yes", "Among twenty-three patients none had toxicity of the.", RADIUM),
        ("Does febuxostat reduce flares?", "no", "Flares were as frequent as with placebo, urate fell,", GOUT),
    ],
    "holds markup": [
        ("Does zinc shorten diarrhoea?", "yes",
         "{\"decision\": \"yes\", \"text\": \"Zinc shortened it by 14 hours.\"}", ZINC),
        ("Does zinc shorten diarrhoea?", "yes", "**Yes** zinc shortened acute diarrhoea by 14 hours.", ZINC),
        ("Is radium-223 safe?", "yes", "<b>No patient</b> of the twenty-three had severe toxicity.", RADIUM),
        ("Does febuxostat reduce flares?", "no", "The long_answer is that flares were as frequent as with placebo.",
         GOUT),
        ("Does paclitaxel cause a response?", "yes", "Response was 12% in \\textbf{ESCC} of 40 patients.", ESCC),
    ],
    "speaks of the model or its prompt": [
        ("Does zinc shorten diarrhoea?", "maybe", "As an AI language model, zinc is no subject of mine.", ZINC),
        ("Is radium-223 safe?", "maybe", "I'm sorry, the toxicity of radium-223 in these patients I cannot answer.",
         RADIUM),
        ("Does febuxostat reduce flares?", "no",
         "The short answer says that flares were as frequent as with placebo.", GOUT),
        ("Does paclitaxel cause a response?", "yes", "As the examples above, response was 12% in ESCC.", ESCC),
    ],
    "too few of its words stand in the evidence": [
        ("Does zinc shorten diarrhoea?", "yes",
         "Antioxidant enzymes protect mitochondria of intestinal mucosa through metallothionein.", ZINC),
        ("Is radium-223 safe?", "yes",
         "Alpha particles travel micrometres, sparing marrow; haematologists monitor platelets monthly.", RADIUM),
        ("How does paclitaxel act in ESCC?", None,
         "Microtubules become stabilised, mitotic spindles freeze and apoptosis follows.", ESCC),
    ],
    "a number that the evidence does not hold": [
        ("Does zinc shorten diarrhoea?", "yes", "Zinc shortened acute diarrhoea of children by 41 hours.", ZINC),
        ("Does febuxostat lower urate?", "yes", "Serum urate fell in 80% of 6,000 patients with gout.", GOUT),
        ("Is radium-223 safe?", "yes", "Bone markers fell by 39.5% and no patient had severe toxicity.", RADIUM),
        ("Do statins protect the liver in cirrhosis?", "yes",
         "The risk of hepatocellular carcinoma was lower (HR 0.06) with statin use.", LIVER),
    ],
    "a short answer that does not stand in the evidence": [
        ("Which drug lowers serum urate?", "allopurinol", "Serum urate was lowered by the drug in 80% of patients.",
         GOUT),
        ("Which symptoms does zinc change?", "vomiting; fever",
         "Vomiting rose and diarrhoea of children was shorter with zinc.", ZINC),
        ("How many patients received it?", "223 patients", "Radium-223 was received by twenty-three patients.",
         RADIUM),
    ],
    "a short answer that stands in the question": [
        ("Which drug lowers serum urate in gout?", "serum urate", "Febuxostat lowered it in 80% of patients.", GOUT),
        ("Which symptom of children rose?", "children", "Vomiting rose among them with zinc for diarrhoea.", ZINC),
    ],
}  # fmt: skip
"""By reason: question, decision or short answer, long answer, evidence."""
