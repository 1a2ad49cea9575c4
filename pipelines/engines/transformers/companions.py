"""Models that others cannot do without, with the commits that are taken of them, by model_type."""

# SpeechT5 speaks through a vocoder. Pinned to a pull request's commit: the repository's main branch
# has pickled weights only.
VOCODER = "microsoft/speecht5_hifigan"
VOCODER_REVISION = "6f01b211b404df2e0a0a20ca79628a757bb35854"
COMPANIONS = {"speecht5": ((VOCODER, VOCODER_REVISION),)}
