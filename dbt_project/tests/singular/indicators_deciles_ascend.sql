-- More value takes no less time: the deciles of settlement ascend, begin with the day and end where the range says.
select
    simulation_id,
    day,
    decile_10,
    decile_20,
    decile_30,
    decile_40,
    decile_50,
    decile_60,
    decile_70,
    decile_80,
    decile_90,
    interdecile_range,
from {{ ref('payment_system_indicators') }}
where
    {{ is_in_scope() }}
    and (
        decile_10 < 0
        or decile_20 < decile_10
        or decile_30 < decile_20
        or decile_40 < decile_30
        or decile_50 < decile_40
        or decile_60 < decile_50
        or decile_70 < decile_60
        or decile_80 < decile_70
        or decile_90 < decile_80
        or interdecile_range <> decile_90 - decile_10
        or (decile_90 is null) <> (settled_value = 0)
    )
