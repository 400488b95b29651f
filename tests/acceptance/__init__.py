"""The promises of the README, each in a file of its own, judged by readers that share no code with the library."""
