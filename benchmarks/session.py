"""A visitor without a browser: Streamlit's own protocol over one websocket.

He opens an address, moves controls, presses buttons and looks when the page asks him to look
again, as the scripts in a browser would; what a page shows is kept as the server sent it.
Written for the version of Streamlit in requirements.txt.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE = 180.0  # seconds for a script to end
KEY = re.compile(r"\$\$ID-[0-9a-f]+-(.*)", re.DOTALL)  # the key that a page gave to an element
ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Failed(RuntimeError):
    """A page answered with an error in place of its contents."""


class Session:
    """One visitor on one page; made by `opened`."""

    def __init__(self, line: ClientConnection, page: str, query: str) -> None:
        self.line = line
        self.page = page
        self.script = ""  # the hash of the page, which the server gives it
        self.query = parse_qs(query)
        self.elements: dict[str, Element] = {}  # by the key that the page gave them
        self.fragments: dict[str, str] = {}  # of an element, "" outside any
        self.again: dict[str, float] = {}  # fragment -> seconds until its next automatic rerun
        self.states: dict[str, WidgetState] = {}  # what this visitor has set, by id

    async def move(self, key: str, value: float) -> float:
        """Moves a slider; seconds until the script that answers has ended."""
        slider = self.elements[key].slider
        self.states[slider.id] = WidgetState(id=slider.id)
        self.states[slider.id].double_array_value.data.append(value)
        if slider.query_param_key:  # a browser puts it into the address
            self.query[slider.query_param_key] = [f"{value:g}"]
        return await self.run(self.fragments[key])

    async def press(self, key: str) -> float:
        """Presses a button; seconds until the script that answers has ended."""
        pressed = WidgetState(id=self.elements[key].button.id, trigger_value=True)
        return await self.run(self.fragments[key], pressed)

    async def look(self) -> float:
        """Reruns the fragments at once; seconds until the script has ended."""
        if not self.again:
            raise Failed(f"{self.page or 'start'} does not ask to be looked at again")
        return await self.run(next(iter(self.again)), automatic=True)

    async def run(
        self, fragment: str = "", pressed: WidgetState | None = None, automatic: bool = False
    ) -> float:
        """Has the script run, or one fragment of it; seconds until it has ended."""
        message = BackMsg()
        client = message.rerun_script
        client.query_string = urlencode(self.query, doseq=True)
        client.page_script_hash = self.script
        client.page_name = "" if self.script else self.page
        client.fragment_id = fragment
        client.is_auto_rerun = automatic
        client.widget_states.widgets.extend(self.states.values())
        if pressed is not None:
            client.widget_states.widgets.append(pressed)
        client.context_info.locale = "en"
        client.context_info.color_scheme = "light"
        asked = time.perf_counter()
        await self.line.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            while not self.heard(ForwardMsg.FromString(await self.line.recv(decode=False))):
                pass
        return time.perf_counter() - asked

    def heard(self, message: ForwardMsg) -> bool:
        """Processes a message; True if it ends the script."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            if not message.metadata.run.fragment_ids:  # the whole page is sent anew
                self.elements, self.fragments, self.again = {}, {}, {}
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self.shown(message.delta.new_element, message.delta.fragment_id)
        elif kind == "navigation":
            self.script = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = parse_qs(message.page_info_changed.query_string.removeprefix("?"))
        elif kind == "auto_rerun":
            self.again[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.again.pop(fragment, None)
        return kind == "script_finished" and message.script_finished in ENDED

    def shown(self, element: Element, fragment: str) -> None:
        """Keeps an element that has a key. Raises `Failed` for an error."""
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise Failed(f"{element.exception.type}: {element.exception.message}")
        if kind == "alert" and element.alert.format == Alert.ERROR:
            raise Failed(element.alert.body)
        found = KEY.fullmatch(getattr(getattr(element, kind), "id", "")) if kind else None
        if found:
            self.elements[found[1]] = element
            self.fragments[found[1]] = fragment

    def sheet(self, key: str) -> bytes:
        """The labels and pixels of a picture sheet, as one message."""
        return self.elements[key].bidi_component.bytes


@asynccontextmanager
async def opened(address: str, page: str = "", query: str = "") -> AsyncIterator[Session]:
    """A visitor on a completely loaded page, for the duration of the block."""
    stream = f"ws{address.removeprefix('http')}/_stcore/stream"
    spoken = [Subprotocol("streamlit")]
    async with connect(stream, subprotocols=spoken, max_size=None, ping_interval=None) as line:
        visitor = Session(line, page, query)
        await visitor.run()
        yield visitor
