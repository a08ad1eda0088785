"""The build step of the wheel: make JSON of every spec and scenario, which is read in a twentieth of the time of YAML."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("specs", "scenarios")


class JsonBuildHook(BuildHookInterface[Any]):
    """Puts `simulator/specs/cald.json` beside `simulator/specs/cald.yaml`, and so on; a checkout reads the YAML itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files, except for an editable installation."""
        if version == "editable":
            return
        root, built = Path(self.root), Path(self.directory, "json")
        parse = runpy.run_path(str(root / "simulator" / "documents" / "yaml.py"))["parse"]  # it needs nothing but PyYAML
        for source in (path for folder in FOLDERS for path in sorted((root / folder).rglob("*.yaml"))):
            place = source.relative_to(root).with_suffix(".json")
            target = built / place
            target.parent.mkdir(parents=True, exist_ok=True)
            content = parse(source.read_text(encoding="utf-8"))
            target.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
            build_data["force_include"][str(target)] = f"simulator/{place.as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what has been packed."""
        shutil.rmtree(Path(self.directory, "json"), ignore_errors=True)
