{{ config(severity='warn') }}

-- Every scenario that `scenario_ids` names has a run. (A misspelt name builds nothing, and all other tests pass.)
with named as (
    select unnest({{ var('scenario_ids') | list }}::varchar[]) as scenario
)

select named.scenario
from named
anti join {{ ref('stg_simulations') }} as runs on named.scenario = runs.scenario
