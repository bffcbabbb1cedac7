"""Points with a radius from several answers: pooled, fused, learned."""
