"""Are the answers right? Labelled texts through the product's own decision.

datasets       pairs, groups and conversations: the project's own, and those of a folder
vectors        texts encoded once ever, kept on disk
streams        queries in one random order; halves to tune on and to report on
neighbors      the nearest of all that was asked before; recall of the index
weighing       a stream's requests with their candidates, weighed by the product's decision
ruling         the rule that a request gets at default settings
policies       who decides: the product, and what it is compared with
tuning         what is known before a set's report half begins
labels         what the audit teaches as a stream goes by
runs           one policy over one stream
metrics        shares with intervals, hits at an error, windows
trial          one set under one seed: every policy, its figures
drift          the traffic changes half-way
pairs          one side stored, the other looked up; what each veto did
conversations  the same last turn in other conversations
check          another cache on the same pairs
over_http      the same pairs against a running product
session        one run of the scenario: its parts, what they found, and where it is written
past           what another bound would have done with decisions of the past
ledger         decisions and labels of the past, from the product's database
sheets         tables for a terminal and for Markdown
tables         what was measured, as tables
plots          line charts as SVG
document       a run on paper: Markdown, JSON, plots
"""
