import subprocess
import sys


def test_no_statistics_import_scipy() -> None:
    program = (
        "import pkgutil, importlib, sys, evalreport.stats as s\n"
        "for m in pkgutil.iter_modules(s.__path__): importlib.import_module(f'{s.__name__}.{m.name}')\n"
        "from evalreport.stats.power import foretell\n"
        "foretell(n=400, spread=.17, binary=True, gain=.1, clusters=None, design_effect=1, alpha=.05, power=.8)\n"
        "foretell(n=400, spread=.36, binary=False, gain=.1, clusters=40, design_effect=2, alpha=.05, power=.8)\n"
        "print(sorted(m for m in sys.modules if m.startswith(('scipy', 'torch', 'statsmodels'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
