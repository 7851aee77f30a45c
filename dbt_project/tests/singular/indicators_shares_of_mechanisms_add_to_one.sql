-- What settled did so by one of the six mechanisms: their shares are fractions and add to 1, up to rounding.
select
    simulation_id,
    day,
    share_immediate,
    share_queue2,
    share_bilateral,
    share_cycle,
    share_multilateral,
    share_entry_offset,
from {{ ref('payment_system_indicators') }}
where
    {{ is_in_scope() }}
    and settled_value > 0
    and (
        abs(
            share_immediate + share_queue2 + share_bilateral + share_cycle + share_multilateral + share_entry_offset - 1
        ) > 1e-12
        or least(
            share_immediate, share_queue2, share_bilateral, share_cycle, share_multilateral, share_entry_offset
        ) < 0
        or share_immediate is null
    )
