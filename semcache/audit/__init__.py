"""The audit's journey: ask again, compare, and keep what was learned.

auditor    one drawn request, from its message to its labels
fresh      fresh answers to a drawn request, and what they cost
asking     a provider's whole answer, for nobody who waits
comparing  do two answers say the same? by reading, by likeness, by a judge model
budget     what audits may cost a tenant a day
rescoring  the same candidates through the eyes of another encoder
"""
