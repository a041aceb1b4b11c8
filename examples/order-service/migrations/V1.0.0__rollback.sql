DROP TABLE customers;
DROP TABLE tenants;
