"""The search path of those who have no `pulumi`, on machines that have one too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def without_pulumi(links: Path, search_path: str = os.defpath) -> str:
    """A search path that finds what the given one finds, but no `pulumi`. Of a folder that holds one, all else is
    linked below `links`."""
    folders = []
    for folder in dict.fromkeys(Path(name).resolve() for name in search_path.split(os.pathsep)):
        folders.append(folder)
        if shutil.which("pulumi", path=str(folder)):
            folders[-1] = links / str(len(folders))
            folders[-1].mkdir(parents=True, exist_ok=True)
            for command in folder.iterdir():
                link = folders[-1] / command.name
                if not command.name.startswith("pulumi") and not link.is_symlink():
                    link.symlink_to(command)
    return os.pathsep.join(str(folder) for folder in folders)
