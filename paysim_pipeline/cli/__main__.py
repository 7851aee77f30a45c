"""`python -m paysim_pipeline.cli`: the command line where the package is not installed."""

from paysim_pipeline.cli.main import main

main()
