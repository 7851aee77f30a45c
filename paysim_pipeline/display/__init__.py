"""What happened in a run, shown: tick by tick for people, event by event for programs, and as a summary.

Belongs here: from recorded events and accounts to lines. Does not belong here: options of commands (`cli`), figures and
HTML (`report`), questions of research (`warehouse.queries`).

One display code, two sources of what happened: `live` follows a simulation while it runs, `stored` reads the warehouse.
Both hand over the same packed columns, so that what is shown of a run cannot differ from what is shown of its replay.
"""
