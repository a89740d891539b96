"""Invented answers that are fit to train on, and how the lists of answers are read."""

from tasks.answers.answerer import Answerer
from tasks.answers.gates.case import Case, Example
from tasks.kinds import Kind

EXAMPLES = tuple(Example.of(shot) for kind in Kind for shot in Answerer().prompt_of(kind).shots)
"""The built-in examples of every kind."""


def case(question: str, short: str | None, long_answer: str, evidence: str, kind: Kind | None = None, **given) -> Case:
    """Return an answer; ``short`` is a decision, a short answer or, of an explanation, None."""
    is_decision = short in ("yes", "no", "maybe")
    found = kind or (Kind.YES_NO if is_decision else Kind.EXPLANATION if short is None else Kind.FACTOID)
    return Case(
        question=question,
        long_answer=long_answer,
        evidence=f"[38000001] {evidence}",
        kind=found,
        decision=short if is_decision else None,
        short_answer=None if is_decision else short,
        **{"cited": (38000001,), "cites": True, "examples": EXAMPLES, **given},
    )


GOOD = [
    ("Does metformin lower the risk of colorectal cancer in type 2 diabetes?", "yes",
     "Over 9 years colorectal cancer was found in 1.2% of metformin users and in 2.0% of the others.",
     "Metformin and colorectal cancer. In 40,211 adults with type 2 diabetes followed for 9 years, "
     "colorectal cancer was found in 1.2% of metformin users and 2.0% of others (P < 0.01)."),
    ("Does metformin lower the risk of colorectal cancer in type 2 diabetes?", "no",
     "Users and non-users developed colorectal cancer equally often over 9 years.",
     "Metformin users and non-users with type 2 diabetes developed colorectal cancer equally often during "
     "9 years of follow-up."),
    ("Does metformin lower the risk of colorectal cancer in type 2 diabetes?", "maybe",
     "The rate was lower among users, but the confidence interval includes no difference and confounding "
     "by weight was not ruled out.",
     "The rate of colorectal cancer was lower in metformin users (HR 0.88, 95% CI 0.71 to 1.09); "
     "confounding by weight could not be ruled out."),
    ("Is paclitaxel effective as second-line treatment of esophageal squamous cell carcinoma?", "no",
     "Median survival with paclitaxel was 5.1 months, no longer than the 5.0 months with best supportive " "care.",
     "Second-line paclitaxel in esophageal squamous cell carcinoma. Median survival was 5.1 months with "
     "paclitaxel and 5.0 months with best supportive care."),
    ("Is paclitaxel effective as second-line treatment of esophageal squamous cell carcinoma?", "yes",
     "A quarter of the tumours shrank under weekly paclitaxel, and survival was two months longer than "
     "with supportive care.",
     "Weekly paclitaxel shrank a quarter of the tumours. Survival was two months longer than with "
     "supportive care in squamous cell carcinoma."),
    ("Is sertraline safe in pregnancy?", "yes", "No increase of malformations was seen among 3,200 exposed newborns.",
     "Sertraline in the first trimester: among 3,200 exposed newborns malformations were no more frequent "
     "(2.9%) than among others; no increase was seen."),
    ("Can statins be stopped before minor surgery without harm?", "yes",
     "Patients who paused them did not have more cardiac events than those who went on.",
     "Statins were paused before minor surgery in 600 patients; they did not have more cardiac events than"
     " 600 who went on."),
    ("Is laparoscopic appendectomy as safe as open surgery in the elderly?", "yes",
     "There was no difference in complications between the two operations in patients over 75.",
     "In patients over 75, laparoscopic appendectomy and open surgery had the same rate of complications; "
     "there was no difference in stay."),
    ("Does vaccination against influenza prevent deaths in nursing homes?", "yes",
     "There were no deaths in the vaccinated homes and eleven in the others.",
     "Vaccination against influenza in nursing homes: eleven deaths occurred in homes without vaccination,"
     " no deaths in the vaccinated homes."),
    ("Does aspirin reduce the risk of stroke in women with atrial fibrillation?", "yes",
     "Women who did not take aspirin had twice as many strokes.",
     "Among 900 women with atrial fibrillation, those who did not take aspirin had twice as many strokes."),
    ("Does aspirin reduce the risk of stroke in women with atrial fibrillation?", "no",
     "Strokes occurred in 4% with aspirin and in 4% with placebo, while bleeding rose.",
     "Aspirin versus placebo in women with atrial fibrillation: strokes in 4% of both groups, bleeding "
     "rose from 1% to 3%."),
    ("Is the TFAM protein located in the outer membrane of mitochondria?", "no",
     "Staining showed TFAM in the nucleoids inside the organelle.",
     "Staining showed TFAM in the nucleoids of mitochondria, inside the organelle, near mitochondrial DNA."),
    ("Does beta-blockade reduce mortality after myocardial infarction with preserved ejection fraction?", "no",
     "Mortality was 3.9% with and 4.1% without beta-blockers.",
     "After myocardial infarction with preserved ejection fraction, mortality was 3.9% with beta-blockers "
     "and 4.1% without them."),
    ("Does high salt intake lower blood pressure?", "no", "Blood pressure rose by 5 mmHg on the salty diet.",
     "Twenty volunteers on high salt intake: blood pressure rose by 5 mmHg on the salty diet."),
    ("Does losartan slow the growth of the aortic root in Marfan syndrome?", "maybe",
     "The root grew more slowly in children, whereas adults showed hardly any effect.",
     "Losartan in Marfan syndrome: the aortic root grew more slowly in children; adults showed hardly any " "effect."),
    ("Is vitamin D deficiency associated with multiple sclerosis?", "yes",
     "Patients had a mean level of 41 nmol/L against 63 nmol/L in controls.",
     "Mean vitamin D was 41 nmol/L in patients with multiple sclerosis and 63 nmol/L in controls."),
    ("Is vitamin D deficiency associated with multiple sclerosis?", "no",
     "There was no association once sunlight and smoking were taken into account.",
     "Vitamin D and multiple sclerosis: after adjustment for sunlight and smoking there was no " "association."),
    ("Do proton pump inhibitors increase the risk of hip fracture?", "maybe",
     "Fractures were more frequent in cohorts, yet the only trial did not find an increase.",
     "Hip fractures were more frequent among users of proton pump inhibitors in four cohorts. The only "
     "trial did not find an increase."),
    ("Does CYP2C19 genotype predict the response to clopidogrel?", "yes",
     "Carriers of CYP2C19*2 had a third less platelet inhibition and more stent thrombosis.",
     "Carriers of CYP2C19*2 on clopidogrel had a third less platelet inhibition and more stent thrombosis "
     "than non-carriers."),
    ("Can IL-6 levels predict sepsis in neonates?", "yes",
     "At a cut-off of 40 pg/mL, IL-6 found 91% of the neonates with sepsis.",
     "IL-6 above 40 pg/mL identified 91% of neonates with sepsis at a specificity of 84%."),
    ("Does BRCA1 mutation status change the response to platinum?", "yes",
     "Response was 68% in carriers and 43% in non-carriers.",
     "Platinum response in ovarian cancer was 68% in BRCA1 carriers and 43% in non-carriers."),
    ("Is acupuncture more effective than sham for chronic low back pain?", "no",
     "Pain fell to the same degree with real and sham needles.",
     "Chronic low back pain fell to the same degree with acupuncture and with sham needles."),
    ("Is acupuncture more effective than sham for chronic low back pain?", "yes",
     "Sham was not as effective: pain fell by 10 points against 22 with real needles.",
     "Pain fell by 22 points with acupuncture and by 10 points with sham needles in chronic low back pain."),
    ("Does early mobilisation shorten the stay in intensive care?", "yes",
     "Based on the evidence provided, patients who were mobilised early left 1.8 days sooner.",
     "Early mobilisation in intensive care: patients left 1.8 days sooner (stay 5.2 against 7.0 days)."),
    ("Does smoking impair the healing of tibial fractures?", "yes",
     "Smokers needed 32 weeks until union, non-smokers 28.",
     "Union of tibial fractures took 32 weeks in smokers and 28 weeks in non-smokers."),
    ("Are serum ferritin levels raised in adult-onset Still's disease?", "yes",
     "Ferritin exceeded five times the upper limit in most patients.",
     "Ferritin exceeded five times the upper limit in most patients with adult-onset Still's disease."),
    ("Is the measles vaccine a cause of autism?", "no",
     "The frequency of autism did not differ between vaccinated and unvaccinated children.",
     "Measles vaccine and autism in 650,000 children: the frequency did not differ between vaccinated and "
     "unvaccinated children."),
    ("Does dexamethasone reduce mortality in patients on mechanical ventilation for COVID-19?", "yes",
     "Deaths within 28 days fell from 41% to 29%.",
     "In COVID-19, dexamethasone lowered 28-day mortality on mechanical ventilation from 41% to 29%. "
     "Deaths within 28 days fell."),
    ("Does gluten withdrawal improve symptoms in irritable bowel syndrome?", "maybe",
     "Symptoms improved in one small trial, and expectation may explain it.",
     "Gluten withdrawal in irritable bowel syndrome: symptoms improved in a small trial, which expectation"
     " may explain."),
    ("Does knee arthroscopy relieve osteoarthritis pain?", "no",
     "Two years later pain was no better than after a skin incision alone.",
     "Two years after arthroscopy for osteoarthritis of the knee, pain was no better than after a skin "
     "incision alone."),
    ("Do antidepressants cause weight gain?", "yes",
     "After 12 months mirtazapine users weighed 3.4 kg more and bupropion users did not gain.",
     "Weight gain on antidepressants: after 12 months 3.4 kg on mirtazapine; users of bupropion did not "
     "gain weight."),
    ("Is Helicobacter pylori eradication indicated in unexplained iron deficiency?", "yes",
     "Haemoglobin normalised in three of four patients after eradication.",
     "After eradication of Helicobacter pylori, haemoglobin normalised in three of four patients with "
     "unexplained iron deficiency."),
    ("Does curcumin inhibit the growth of glioma cells?", "yes",
     "At 20 µM the cells stopped in G2/M and half of them died within two days.",
     "Curcumin at 20 µM stopped glioma cells in G2/M; half of the cells died within two days."),
    ("Is radium-223 of use in metastatic breast cancer?", "maybe",
     "Markers of bone turnover fell in 23 patients, but survival was not measured.",
     "Radium-223 in 23 patients with metastatic breast cancer: markers of bone turnover fell. Survival was"
     " not measured."),
    ("Does resistance training improve insulin sensitivity in older adults?", "yes",
     "Glucose disposal increased by 18% after 16 weeks of training.",
     "After 16 weeks of resistance training glucose disposal, a measure of insulin sensitivity, increased "
     "by 18% in older adults."),
    ("Is amoxicillin better than watchful waiting for acute otitis media?", "maybe",
     "Pain ended a day sooner, at the price of more diarrhoea, and most children recovered either way.",
     "Amoxicillin for acute otitis media: pain ended a day sooner than with watchful waiting, diarrhoea "
     "was more frequent, most children recovered either way."),
    ("Does hydroxychloroquine prevent infection after exposure to SARS-CoV-2?", "no",
     "Illness followed in 11.8% with the drug and 14.3% with placebo, a difference that chance explains.",
     "Hydroxychloroquine after exposure to SARS-CoV-2: illness in 11.8% against 14.3% with placebo; the "
     "difference is explained by chance."),
    ("Was the outbreak of listeriosis caused by soft cheese?", "yes",
     "Sequencing tied the isolates of 14 patients to one dairy.",
     "Listeriosis outbreak: sequencing tied isolates of 14 patients to soft cheese of one dairy."),
    ("Are microRNAs stable in stored plasma?", "yes", "After four days at room temperature miR-16 had lost nothing.",
     "MicroRNAs in stored plasma: miR-16 had lost nothing after four days at room temperature."),
    ("Does obesity protect against osteoporosis?", "no",
     "Obese women broke the humerus and the ankle more often than lean ones.",
     "Obesity and osteoporosis: obese women broke the ankle and the humerus more often than lean women."),
    ("Does tamoxifen reduce breast density?", "yes", "Density decreased by 7.9 points within 18 months.",
     "Tamoxifen and breast density: density decreased by 7.9 points within 18 months."),
    ("Is cognitive decline faster in patients with untreated hearing loss?", "yes",
     "Scores dropped by 0.65 points a year against 0.46 with normal hearing.",
     "Cognitive decline in hearing loss: scores dropped 0.65 points a year if untreated, 0.46 points with "
     "normal hearing."),
    ("Do mice without Trem2 clear amyloid?", "no", "Plaques grew because microglia failed to surround them.",
     "In mice without Trem2, amyloid plaques grew: microglia failed to surround them."),
    ("Does the Mediterranean diet lower HbA1c?", "yes",
     "HbA1c was 0.3 points lower after a year than on the low-fat diet.",
     "Mediterranean diet: after a year HbA1c was 0.3 points lower than on the low-fat diet."),
    ("Are women underrepresented in trials of heart failure?", "yes", "They made up 27% of those enrolled.",
     "Women made up 27% of those enrolled in 118 trials of heart failure."),
    ("Does zinc shorten the common cold?", "maybe",
     "Lozenges shortened it by 2.9 days in some trials and not in others.",
     "Zinc and the common cold: lozenges shortened it by 2.9 days in four trials, not in three others."),
    ("Is fondaparinux noninferior to enoxaparin after hip surgery?", "yes",
     "Thrombosis was found in 4% and 9%, and major bleeding did not increase.",
     "After hip surgery thrombosis was found in 4% on fondaparinux and 9% on enoxaparin; major bleeding "
     "did not increase."),
    ("Does prone positioning improve oxygenation in ARDS?", "yes",
     "The PaO2/FiO2 ratio rose from 118 to 180 within an hour.",
     "Prone positioning in acute respiratory distress syndrome: the PaO2/FiO2 ratio rose from 118 to 180 "
     "within an hour."),
    ("Does sodium bicarbonate slow the decline of kidney function?", "no",
     "The eGFR fell by 2.1 mL/min a year in both arms.",
     "Sodium bicarbonate in chronic kidney disease: the eGFR fell by 2.1 mL/min a year in both arms."),
    ("Which enzyme activates codeine?", "CYP2D6",
     "Codeine becomes morphine through CYP2D6, which poor metabolisers lack.",
     "Codeine becomes morphine by CYP2D6. Poor metabolisers lack the enzyme."),
    ("What was the median survival of patients with glioblastoma on bevacizumab?", "15.7 months",
     "It was 15.7 months with bevacizumab and 16.1 months with placebo.",
     "Glioblastoma: median survival 15.7 months on bevacizumab, 16.1 months with placebo."),
    ("Is the receptor found on T cells or on B cells?", "B cells", "Flow cytometry found it on B cells alone.",
     "Flow cytometry found the receptor on B cells alone, not on T cells."),
    ("Which mutation causes familial hibernian fever?", "the T50M mutation",
     "All affected relatives carried T50M in TNFRSF1A.",
     "Familial hibernian fever: all affected relatives carried the T50M mutation in TNFRSF1A."),
    ("How many patients relapsed after rituximab?", "12 of 45",
     "Relapses occurred in 12 of 45 patients, late in most.",
     "After rituximab 12 of 45 patients relapsed, most of them late."),
    ("Which cytokine drives the fever of cryopyrin disease?", "IL-1 beta",
     "Anakinra, which blocks IL-1 beta, ended the fever.",
     "In cryopyrin disease anakinra blocks IL-1 beta and ended the fever within a day."),
    ("Which tumours express somatostatin receptors?", "insulinoma; gastrinoma",
     "Receptors were seen in insulinoma and gastrinoma; carcinomas of the exocrine pancreas had none.",
     "Somatostatin receptors were seen in insulinoma and gastrinoma, not in carcinomas of the exocrine " "pancreas."),
    ("Which drugs prolong the QT interval?", "haloperidol; ondansetron; methadone",
     "The interval lengthened with haloperidol, ondansetron and methadone, most with methadone (28 ms).",
     "QT interval: haloperidol, ondansetron and methadone lengthened it, methadone by 28 ms."),
    ("Which symptoms remain after COVID-19?", "fatigue; dyspnoea",
     "Six months later fatigue was reported by 38% and dyspnoea by 21%.",
     "Six months after COVID-19, fatigue was reported by 38% and dyspnoea by 21% of 800 patients."),
    ("How does colchicine end an attack of gout?", None,
     "It binds tubulin, so that neutrophils no longer move towards the crystals.",
     "Colchicine binds tubulin; in gout neutrophils no longer move towards urate crystals."),
    ("Why do patients with cystic fibrosis lose salt in sweat?", None,
     "Without CFTR the duct cannot take chloride back, and sodium stays with it.",
     "In cystic fibrosis the sweat duct lacks CFTR and cannot take back chloride; sodium stays with it in " "sweat."),
    ("How do SGLT2 inhibitors protect the kidney?", None,
     "More sodium reaches the macula densa, the afferent arteriole constricts, and the pressure in the "
     "glomerulus falls.",
     "SGLT2 inhibitors bring more sodium to the macula densa. The afferent arteriole constricts and "
     "glomerular pressure falls."),
    ("Why does resistance to imatinib arise?", None,
     "Mutations of the kinase domain such as T315I keep the drug from binding; amplification of BCR-ABL1 " "is rarer.",
     "Resistance to imatinib: T315I and other mutations of the kinase domain keep the drug from binding. "
     "Amplification of BCR-ABL1 is rarer."),
    ("Does physiotherapy help after stroke?", "yes",
     "With 45 minutes of physiotherapy a day, more patients walked alone after three months (61% against " "48%).",
     "Physiotherapy of 45 minutes a day after stroke: 61% walked alone after three months, against 48% " "with less."),
    ("Does calcium prevent hip fractures?", "no", "Hip fractures were equally frequent in both groups of women.",
     "Calcium or placebo in 3,100 women: hip fractures were equally frequent in the two groups."),
    ("Is low-dose aspirin of use in ovarian cancer?", "maybe",
     "Daily users died less often, although the cohorts differed in stage.",
     "Low-dose aspirin and ovarian cancer: daily users died less often; the cohorts differed in stage."),
    ("Is the mortality of peritonitis higher in winter?", "no", "It was 6% in every season.",
     "Mortality of peritonitis by season: 6% in every season among 2,004 patients."),
]  # fmt: skip
"""Question, decision or short answer (None of an explanation), long answer, evidence."""
