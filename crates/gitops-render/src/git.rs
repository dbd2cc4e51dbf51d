//! Git repositories, fetched bare and shallow and read without a checkout.
