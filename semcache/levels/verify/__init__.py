"""May a near match be served? Pure: texts and similarities in, a decision out (docs/explanation).

decision     the whole: weigh each candidate, take the likeliest that nothing speaks against
whatif       the same candidates under other bounds, for explain
turns        the decision about whole conversations
references   what a turn of one points back at

reading      a text, read once, out of
words        its words in one spelling
quantities   its numbers and units
moments      its dates and times
questions    what kind of answer it asks for
scopes       what bounds it
routes       what leads to what
languages    which language it is in
lexicon      the word lists beside it

vetoes       what speaks against a pair, whatever its probability, from
alignment    which words say the same
differences  what only one of the two says
pairs        the name of a pair, for never-match

features     a pair in numbers
signature    what an answer says, in a few bytes; how candidates' answers vote
probability  the pooled model: features to P(the stored answer fits)
learning     moving the model towards a tenant's labels
conformal    the threshold that labels support
bound        the least probability that is served under a rule
vcache       the vCache rule: one curve an entry, and a chance to explore

answers      whether two answers say the same
jury         what a judge model is asked, and what counts as its yes
alarm        the running test of "the error is within the bound"
intervals    of a share
"""
