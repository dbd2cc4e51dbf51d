//! Files the program holds itself.
