"""A model of about 100,000 random parameters, written as a real one: for tests that need weights.

It has a byte-level tokenizer with a few merges and a chat template that ends turns with
`<|im_end|>`. The same arguments write the same bytes.
"""

import warnings
from pathlib import Path
from typing import Any, Literal

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_MERGED_FROM = (
    "the quick brown fox jumps over the lazy dog. what is the sum of two and three? "
    "order two large pizzas with extra cheese and one cola, please. "
    '{"item": "pizza", "quantity": 2, "size": "large"} answer: yes or no. '
) * 3

Family = Literal["llama", "qwen2", "gpt2", "gemma3", "mistral", "bloom", "mamba"]


def tiny_model(
    folder: Path,
    *,
    seed: int = 0,
    family: Family = "llama",
    tied: bool = False,
    window: int = 256,
    chat_template: str | None = CHAT_TEMPLATE,
    spread: float = 0.15,
) -> Path:
    """Write config, safetensors and tokenizer into a folder, which is made; takes well under 1 s.

    Args:
        folder: Where to.
        seed: Of the weights.
        family: Architecture.
        tied: Whether input and output embedding are one.
        window: Tokens that fit.
        chat_template: None leaves the model without one.
        spread: Standard deviation of the weights; the default makes texts that vary.
    """
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer = tiny_tokenizer(chat_template)
    config = _config(family, len(tokenizer), tied=tied, window=window, spread=spread)
    config.eos_token_id = tokenizer.eos_token_id
    config.pad_token_id = tokenizer.pad_token_id
    config.bos_token_id = None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tiny_tokenizer(chat_template: str | None = CHAT_TEMPLATE) -> Any:
    """The tokenizer alone: all bytes, some merges, three control tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    raw.train_from_iterator([_MERGED_FROM], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.chat_template = chat_template
    return tokenizer


def tiny_adapter(
    model: Path,
    folder: Path,
    *,
    seed: int = 1,
    spread: float = 0.1,
    **options: Any,
) -> Path:
    """Write a LoRA adapter with random weights, so that it changes what the model says.

    Args:
        model: A folder that `tiny_model` wrote.
        folder: Where to.
        seed: Of the weights.
        spread: Standard deviation of all adapter weights.
        options: Of peft's LoraConfig, on top of rank 4 on all linear layers.
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        base = AutoModelForCausalLM.from_pretrained(model)
        chosen = {"r": 4, "target_modules": "all-linear", "task_type": "CAUSAL_LM", **options}
        with warnings.catch_warnings():
            # peft 0.21 still reads a property of models that transformers 5.23 has renamed.
            warnings.simplefilter("ignore")
            tuned = get_peft_model(base, LoraConfig(**chosen))
            with torch.no_grad():
                for name, parameter in tuned.named_parameters():
                    if parameter.requires_grad and "magnitude" not in name:
                        parameter.add_(torch.randn_like(parameter) * spread)
            tuned.save_pretrained(folder)
    return folder


def _config(family: Family, vocabulary: int, *, tied: bool, window: int, spread: float) -> Any:
    from transformers import (
        BloomConfig,
        Gemma3TextConfig,
        GPT2Config,
        LlamaConfig,
        MambaConfig,
        MistralConfig,
        Qwen2Config,
    )

    common: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": 48,
        "num_hidden_layers": 2,
        "tie_word_embeddings": tied,
        "initializer_range": spread,
    }
    grouped = common | {
        "intermediate_size": 128,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": window,
    }
    match family:
        case "llama":
            return LlamaConfig(**grouped)
        case "qwen2":
            return Qwen2Config(**grouped)
        case "mistral":
            return MistralConfig(**grouped, sliding_window=16)
        case "gemma3":
            return Gemma3TextConfig(
                **grouped, head_dim=12, sliding_window=16, final_logit_softcapping=5.0,
                layer_types=["sliding_attention", "full_attention"],
            )  # fmt: skip
        case "gpt2":
            return GPT2Config(
                vocab_size=vocabulary, n_embd=48, n_layer=2, n_head=4, n_positions=window,
                initializer_range=spread, tie_word_embeddings=tied,
            )  # fmt: skip
        case "bloom":
            return BloomConfig(
                vocab_size=vocabulary, hidden_size=48, n_layer=2, n_head=4,
                initializer_range=spread, tie_word_embeddings=tied,
            )  # fmt: skip
        case "mamba":
            return MambaConfig(**common, state_size=8, expand=2)
