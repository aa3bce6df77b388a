-- One database a service; each makes its table.
CREATE DATABASE monolith;
CREATE DATABASE microservice;
