"""The environment variables that count."""

from typing import Final

from docs.made.markdown import key, slug

ADDRESS: Final = "reference/environment.md"
# A test holds these names against those that the code reads.
VARIABLES: Final = {
    "HF_TOKEN": "Sent to the hub, for gated or private models and datasets.",
    "HF_TOKEN_PATH": "The file in which `hf auth login` keeps that token.",
    "HF_HOME": "The folder of Hugging Face libraries, with token and cache.",
    "HF_ENDPOINT": "Another hub than huggingface.co.",
    "HF_HUB_OFFLINE": "1: no hub is asked, and what its cache lacks is blocked.",
    "HF_HUB_CACHE": "Where models of the hub are kept, as all Hugging Face libraries have it.",
    "CUDA_VISIBLE_DEVICES": "Which GPUs a build may see and count.",
    "OMP_NUM_THREADS": "Threads of each process. Where several processes train, left out, the "
    "cores are shared out among them.",
    "TOKENIZERS_PARALLELISM": "Threads of tokenizers; left out, none.",
    "WANDB_MODE": "`report_to: [wandb]`: `online` sends; left out, the run stays in a folder.",
    "WANDB_API_KEY": "Its key, which wandb itself reads where the mode is `online`.",
    "WANDB_PROJECT": "Its project; left out, `evalreport`.",
    "MLFLOW_TRACKING_URI": "`report_to: [mlflow]`: the server; left out, it stays in a folder.",
    "MLFLOW_EXPERIMENT_NAME": "Its experiment; left out, `evalreport`.",
    "EVALREPORT_VENV": "Job files of `plan --emit sbatch`: where they install evalreport.",
    "EVALREPORT_REQUIREMENT": "Job files of `plan --emit`: what they install, such as a wheel.",
}


def page() -> str:
    """The page, as Markdown."""
    lines = [
        "# Environment variables\n",
        (
            "Keys of endpoints come from the variables that a spec names with `api_key_env`; no "
            "variable is read that the spec does not name, and no key reaches a file, a log or a "
            "report. What else is read:\n"
        ),
        *(key(name, slug(name), "", said) for name, said in VARIABLES.items()),
        "\nTelemetry of Hugging Face and of the trackers is off, whatever the environment says.\n",
    ]
    return "\n".join(lines)
