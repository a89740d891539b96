"""Check tags: headings that indexers tick for almost every article (species, sex, age, pregnancy).

They make up about a third of all headings and say nothing about an article's subject, so the similarity of
articles leaves them out. Source: https://www.nlm.nih.gov/bsd/indexing/training/CHK_010.html
"""

CHECK_TAGS = frozenset(
    {
        "D000293",  # Adolescent
        "D000328",  # Adult
        "D000368",  # Aged
        "D000369",  # Aged, 80 and over
        "D000818",  # Animals
        "D002415",  # Cats
        "D002417",  # Cattle
        "D002642",  # Chick Embryo
        "D002648",  # Child
        "D002675",  # Child, Preschool
        "D006224",  # Cricetinae
        "D004285",  # Dogs
        "D005260",  # Female
        "D006168",  # Guinea Pigs
        "D006801",  # Humans
        "D007223",  # Infant
        "D007231",  # Infant, Newborn
        "D008297",  # Male
        "D051379",  # Mice
        "D008875",  # Middle Aged
        "D011247",  # Pregnancy
        "D011817",  # Rabbits
        "D051381",  # Rats
        "D055815",  # Young Adult
    }
)
