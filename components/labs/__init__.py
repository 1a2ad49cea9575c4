"""The labs of the group "Learn": each one file here, over the computing in pipelines/labs/."""

from components.labs import families, training
from components.labs.lab import Lab

LABS: tuple[Lab, ...] = (families.LAB, training.LAB)
