"""Renders the conda recipe for Linux, macOS and Windows, and checks what comes out. Nothing is built.

    python packaging/conda/render.py      # needs py-rattler-build, in packaging/requirements.txt

Building needs conda-forge's packages (Rust, a C compiler, cargo-bundle-licenses).
"""

import json
import re
from pathlib import Path

from rattler_build import PlatformConfig, RenderConfig, Stage0Recipe, VariantConfig

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VERSION = re.search(r'^version = "(.*?)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
#: As conda-forge pins them; only names matter here.
VARIANTS = "rust_compiler: [rust]\nc_compiler: [{c}]\nc_stdlib: [{libc}]\nc_stdlib_version: ['{version}']\n"
PLATFORMS = {
    "linux-64": VARIANTS.format(c="gcc", libc="sysroot", version="2.17"),
    "osx-arm64": VARIANTS.format(c="clang", libc="macosx_deployment_target", version="11.0"),
    "win-64": VARIANTS.format(c="vs2022", libc="vs", version="2022"),
}


def main():
    """Renders for each platform."""
    recipe = Stage0Recipe.from_file(HERE / "recipe.yaml")
    for platform, variants in PLATFORMS.items():
        config = RenderConfig(platform=PlatformConfig(target_platform=platform))
        rendered = recipe.render(VariantConfig.from_yaml(variants), config)
        assert len(rendered) == 1, f"{platform}: {len(rendered)} variants"
        made = rendered[0].recipe.to_dict()
        text = json.dumps(made, default=str)
        assert made["package"] == {"name": "softargmax", "version": VERSION}, made["package"]
        for word in ("cargo install --locked", f"rust_{platform}", "oblique.nii.gz", "MIT OR Apache-2.0"):
            assert word in text, f"{platform}: {word} is not in {text}"
        assert ("completions bash" in text) == (platform != "win-64"), platform
        print(f"{platform}: softargmax {VERSION}, rendered")
    for name in recipe.to_dict()["about"]["license_file"]:
        assert name == "THIRDPARTY.yml" or (ROOT / name).exists(), name


if __name__ == "__main__":
    main()
