"""A compiled policy: the trees of one document, ready to be asked (05 §1).

Belongs here: what the engine needs to know of a policy, and the four questions it asks. Does not belong here: how a
document becomes a policy (`compile`), or the order in which policies are asked (`simulation`, `core`).
"""

from typing import Final

from paysim_engine.policy.context import Context
from paysim_engine.policy.decisions import RELEASE, BankEffects, CollateralDecision, PaymentDecision
from paysim_engine.policy.nodes.bank_tree import BankNode, NoAction
from paysim_engine.policy.nodes.collateral_tree import CollateralHold, CollateralNode
from paysim_engine.policy.nodes.payment_tree import FixedDecision, PaymentNode


class Policy:
    """The compiled trees of one document. Holds no state: agents with the same document may share it.

    Attributes:
        policy_id: the document's own name for itself.
        releases_everything: the payment tree is a single plain release, or absent (D42): it need not be asked.
        acts_on_queue2: the payment tree has to be asked about payments in Queue 2, because it can withdraw or
            resubmit them, or because it can fail, which ends the run there too (D29).
        has_strategic: there is a strategic collateral tree that does more than hold.
        has_end_of_tick: likewise at the end of a tick.
        has_bank: there is a bank tree that does more than nothing.
        register_names: keys of all registers the bank tree can set, ascending; a register's slot is its place here.
    """

    def __init__(
        self,
        policy_id: str,
        payment: PaymentNode | None,
        bank: BankNode | None,
        strategic: CollateralNode | None,
        end_of_tick: CollateralNode | None,
        register_names: list[str],
        releases_everything: bool,
        acts_on_queue2: bool,
    ) -> None:
        self.policy_id: Final = policy_id
        self.releases_everything: Final = releases_everything
        self.acts_on_queue2: Final = acts_on_queue2
        self.has_strategic: Final = strategic is not None and not isinstance(strategic, CollateralHold)
        self.has_end_of_tick: Final = end_of_tick is not None and not isinstance(end_of_tick, CollateralHold)
        self.has_bank: Final = bank is not None and not isinstance(bank, NoAction)
        self.register_names: Final = register_names
        self._payment: Final[PaymentNode] = FixedDecision(PaymentDecision(RELEASE)) if payment is None else payment
        self._bank: Final[BankNode] = NoAction() if bank is None else bank
        self._strategic: Final[CollateralNode] = CollateralHold() if strategic is None else strategic
        self._end_of_tick: Final[CollateralNode] = CollateralHold() if end_of_tick is None else end_of_tick

    def decide_payment(self, context: Context) -> PaymentDecision:
        """What becomes of the payment in `context.row`. The decision may be shared: read it, do not change it.

        Raises:
            PolicyError: the tree cannot be evaluated in this state.
        """
        return self._payment.decide(context)

    def decide_strategic(self, context: Context) -> CollateralDecision:
        """What the agent does with its collateral before payments are judged; otherwise as `decide_payment`."""
        return self._strategic.decide(context)

    def decide_end_of_tick(self, context: Context) -> CollateralDecision:
        """What the agent does with its collateral after settlement; otherwise as `decide_payment`."""
        return self._end_of_tick.decide(context)

    def run_bank(self, context: Context, effects: BankEffects) -> None:
        """Carry out the agent's bank tree for this tick, calling `effects` for each action reached, in order.

        Raises:
            PolicyError: the tree cannot be evaluated in this state.
        """
        self._bank.run(context, effects)
