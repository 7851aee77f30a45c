"""The compiled core: clock, generator, ledger, payments, queues, settlement, netting, costs.

What belongs here: the rules by which money and payments move (spec 01-04 as changed by 00), on packed
integer columns. What does not: reading files, validation messages, strings of any kind except ids and
reasons that are handed through, and everything that a Python developer but no economist would recognise.

An attribute that is never rebound is `Final`. That says which parts belong together for good, and compiled code reads
such a part without counting a reference to it: a fifth of the instructions of a policy's evaluation.
"""
