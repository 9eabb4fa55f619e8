"""What a control reports that the browser answers while it moves: its values when it is let go."""

from dataclasses import dataclass

LIVE_SLIDER = ("live_control.js", "live_slider.js", "live_slider.css")  # for `register`


@dataclass(frozen=True)
class Stops:
    """What a value may be: multiples of `step` from `least`, or -limit, to `limit`.

    An arrow key moves it by `key_step`, with Shift by ten of them.
    """

    limit: float
    step: float
    key_step: float
    least: float | None = None

    @property
    def lowest(self) -> float:
        """The least value."""
        return -self.limit if self.least is None else self.least

    def as_data(self) -> dict[str, float]:
        """For the data of a component."""
        return {
            "least": self.lowest,
            "limit": self.limit,
            "step": self.step,
            "key_step": self.key_step,
        }


def moved(state: object, count: int, stops: Stops) -> list[float] | None:
    """The `count` values that the browser sent in `st.session_state[key]`, or None.

    What comes from a browser is untrusted: numbers within the limits, on the stops.
    """
    sent = getattr(state, "moved", None)
    values = sent.get("values") if isinstance(sent, dict) else None
    if not isinstance(values, list) or len(values) != count:
        return None
    for value in values:
        if type(value) not in (int, float) or not stops.lowest <= value <= stops.limit:
            return None
    return [round(round(value / stops.step) * stops.step, 6) for value in values]


def reported(state: object) -> int:
    """How many moves the browser has reported, as it counts them."""
    sent = getattr(state, "moved", None)
    number = sent.get("seq") if isinstance(sent, dict) else None
    return number if type(number) is int else 0


def failure(state: object) -> object:
    """What the component said of the reason why it cannot go on; untrusted."""
    return getattr(state, "failed", None)
