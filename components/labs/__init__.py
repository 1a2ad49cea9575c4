"""The labs of the group "Learn", each a folder over the computing in pipelines/labs/."""

from components.lab import Lab
from components.labs.families.page import LAB as FAMILIES
from components.labs.training.page import LAB as TRAINING

LABS: tuple[Lab, ...] = (FAMILIES, TRAINING)
