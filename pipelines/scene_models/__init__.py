"""The scene world's three models: detector, captioner, question answerer.

vision.py sees, reader.py puts what is seen into words; detector.py, captioner.py
and answerer.py load a bundled folder and answer. Torch is imported by the first load.
"""
