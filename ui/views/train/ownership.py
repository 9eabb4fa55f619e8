"""The job that the Train page shows, and whether this visitor may steer it.

The address holds the job's id, so that everyone with the link may watch. The secret for steering
is kept in the session, across Reset and pages, and in the visitor's browser.
"""

import streamlit as st

from ae_models.live.worker import Ticket, Worker
from ui.base.session_keys import lasting_key
from ui.components.job_secret import job_secret

KEY = lasting_key("train", "ticket")
PARAMETER = "job"
NONE = Ticket("", "")


def own() -> Ticket | None:
    """The ticket of the job that this visitor started last."""
    found = st.session_state.get(KEY)
    return found if isinstance(found, Ticket) else None


def shown(worker: Worker) -> Ticket:
    """The job to show: that of the address while it is known, else the visitor's own.

    The secret is empty where somebody else started it; NONE where there is no job.
    """
    ticket, given = own(), st.query_params.get(PARAMETER, "")
    if ticket is not None and (given in ("", ticket.id) or worker.view(given) is None):
        return ticket
    return Ticket(given, "") if given else NONE


def recognise(worker: Worker) -> None:
    """Once per run: store the secret in the browser or restore it, and complete the address."""
    ticket = shown(worker)
    if not ticket.id:
        return
    stored = job_secret(*ticket)
    if not ticket.secret and worker.owns(Ticket(ticket.id, stored)):
        ticket = Ticket(ticket.id, stored)
        st.session_state[KEY] = ticket
    if ticket.secret and st.query_params.get(PARAMETER) != ticket.id:
        st.query_params[PARAMETER] = ticket.id


def remember(ticket: Ticket) -> None:
    """Keep the ticket of a job that this visitor has started."""
    st.session_state[KEY] = ticket
    st.query_params[PARAMETER] = ticket.id


def forget(ticket: Ticket) -> None:
    """Remove the ticket of a job that no longer exists."""
    if own() == ticket:
        del st.session_state[KEY]
    if st.query_params.get(PARAMETER) == ticket.id:
        del st.query_params[PARAMETER]
