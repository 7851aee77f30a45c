"""The sections of a scenario file as pydantic models, one module each.

Belongs here: keys, types, defaults, ranges, and rules within one section (06 §§4-9, 11, 13). Does not belong here:
rules across sections (`cross_checks`), wording of pydantic's own findings (`explain`), reading of policy documents
(`policy_documents`).
"""
