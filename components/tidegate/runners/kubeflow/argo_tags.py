"""Tags that Argo Workflows would fill in where a spec only means a text.

KFP's compiler writes tasks, components and containers into an Argo workflow as they
are. Of a tag `{{…}}` in there Argo leaves alone what it has no variable for, but not
what starts like one (argo-workflows: GlobalVarValidWorkflowVariablePrefix in
workflow/common/common.go; resolveAllVariables in workflow/validate/validate.go), nor
expressions (`{{=…}}`). Placeholders of KFP (`{{$…}}`) are none of these.
"""

from __future__ import annotations

import re

_TAG = re.compile(
    r"\{\{\s*(?:=|(?:item|steps|inputs|outputs|pod|workflow|tasks)\.).*?\}\}",
    re.DOTALL,
)


def argo_tags(text: str) -> list[str]:
    """The tags in a text that Argo would fill in, or refuse to know."""
    return _TAG.findall(text)
