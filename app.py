"""Starts the page: `python app.py --port 7860`. A Space runs this file too."""

from pipeline_playground import main

if __name__ == "__main__":
    main()
