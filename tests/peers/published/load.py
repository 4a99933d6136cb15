"""Imports decoding functions from large packages without the dependencies of the rest of these packages."""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types


def bare(*packages):
    """Lets modules of these packages be imported without running the packages' own `__init__`."""
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ImportError(f"No module named {name!r}")
        package = types.ModuleType(name)
        package.__path__, package.__spec__ = list(spec.submodule_search_locations), spec
        sys.modules[name] = package


class _Absent(types.ModuleType):
    """A module in which every name is an empty class: enough for imports and annotations, but not to
    compute."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        if name in self.names or name.partition(".")[0] in self.names:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Absent(spec.name)

    def exec_module(self, module):
        pass


def without(*names):
    """Packages that the functions import but never use."""
    sys.meta_path.insert(0, _Finder(names))
