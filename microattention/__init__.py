"""Attention in NumPy alone: the code that the essay *Attention, Accounted For* runs.

>>> import microattention
>>> microattention.__version__
'0.1.0'
"""

from .attention import scaled_dot_product_attention, softmax
from .block import TransformerBlock
from .estimates import Estimate, estimate_median, estimate_rate
from .generation import KeyValueCache, next_token_probabilities
from .layers import FeedForward, LayerNorm, gelu, layer_norm, relu
from .masking import causal_mask, padding_mask, sliding_window_mask
from .multihead import MultiHeadAttention
from .partials import Partial, finish, merge, partial_attention
from .positions import (
    alibi_bias,
    alibi_slopes,
    relative_position_bias,
    rotate,
    sinusoidal_positions,
)
from .sentence import sentence_projections
from .sizes import (
    GPT3_SIZES,
    ModelSize,
    activation_bytes,
    cache_bytes,
    count_flops,
    count_parameters,
    parameters_by_part,
    retained_bytes,
)
from .sweep import attention_by_seed
from .tiling import tiled_attention
from .transformer import CausalTransformer

__version__ = "0.1.0"

__all__ = [
    "GPT3_SIZES",
    "CausalTransformer",
    "Estimate",
    "FeedForward",
    "KeyValueCache",
    "LayerNorm",
    "ModelSize",
    "MultiHeadAttention",
    "Partial",
    "TransformerBlock",
    "activation_bytes",
    "alibi_bias",
    "alibi_slopes",
    "attention_by_seed",
    "cache_bytes",
    "causal_mask",
    "count_flops",
    "count_parameters",
    "estimate_median",
    "estimate_rate",
    "finish",
    "gelu",
    "layer_norm",
    "merge",
    "next_token_probabilities",
    "padding_mask",
    "parameters_by_part",
    "partial_attention",
    "relative_position_bias",
    "relu",
    "retained_bytes",
    "rotate",
    "scaled_dot_product_attention",
    "sentence_projections",
    "sinusoidal_positions",
    "sliding_window_mask",
    "softmax",
    "tiled_attention",
]
