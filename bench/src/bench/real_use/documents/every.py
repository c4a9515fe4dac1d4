"""All documents of the benchmark."""

from typing import Final

from bench.real_use.documents.core_agents import CORE_AGENTS
from bench.real_use.documents.core_commands import CORE_COMMANDS
from bench.real_use.documents.core_views import CORE_VIEWS
from bench.real_use.documents.own_client import OWN_CLIENT
from bench.real_use.documents.scripts import SCRIPTS

DOCUMENTS: Final = (*CORE_COMMANDS, *CORE_AGENTS, *CORE_VIEWS, *OWN_CLIENT, *SCRIPTS)
