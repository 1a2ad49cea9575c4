"""The computing half of the two labs of the group "Learn".

Lab 1 looks into the three families of transformers: encoder.py, decoder.py, encoder_decoder.py
over attention.py. Lab 2 trains a small model through both phases: world.py and material.py give
the text, recipe.py the sizes, train.py the run, runs.py its life beside the page. Nothing here
imports gradio, and torch is imported only when a lab is used.
"""
