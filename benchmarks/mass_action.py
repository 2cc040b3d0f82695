"""False alarms of `mass_action` per agent and 90 days, on ordinary habits.

Run from the root of the repository: `python benchmarks/mass_action.py [AGENTS]`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from overheal.model import DAY
from tests.support.habits import HABITS, told


def main() -> None:
    """Print a line for each habit: alarms in the first 30 days, and in the 90 after them."""
    agents = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{'habit':<40} {'first 30 days':>14} {'90 days after':>14}   per agent, {agents} agents")
    for name, habit in HABITS.items():
        few = max(1, agents // 10) if "busy" in name else agents
        found = [one.detected_at for one in told(habit, few, 120, 400, seed=7)]
        late = sum(at >= 30 * DAY for at in found)
        print(f"{name:<40} {(len(found) - late) / few:>14.3f} {late / few:>14.4f}", flush=True)


if __name__ == "__main__":
    main()
