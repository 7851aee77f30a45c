-- Runs that go on beyond the end of a stored one (`paysim resume --days`), where that cannot be told from the rows:
-- deadlines that the earlier end had cut make them differ from a run of their length in one piece.

alter table raw.simulations add column continues varchar;
alter table raw.simulations add column continues_after_day integer;
