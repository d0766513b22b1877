-- A manager of the vendor has a token of his own: he activates what a customer cannot connect himself, and says which
-- services the contract includes. Administrators of a tenant cannot.
-- squawk-ignore ban-drop-constraint
ALTER TABLE parley.token DROP CONSTRAINT token_role_check;
ALTER TABLE parley.token
    ADD CONSTRAINT token_role_check CHECK (role IN ('admin', 'supervisor', 'agent', 'manager')) NOT VALID;
