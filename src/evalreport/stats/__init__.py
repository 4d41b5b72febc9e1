"""Pure statistics: arrays in, an estimate or the reason why there is none out."""
