from overheal.cli.entry import main

main()
