-- What a delivery that came to nothing sealed is taken back; its data keys go with it. No key that an identity still needs
-- can go: the reference of vault.identity forbids it, whoever asks.
grant delete on vault.data_key to haven_sealer;

-- Keys such deliveries left behind so far open nothing.
delete from vault.data_key k where not exists (select from vault.identity i where i.data_key_id = k.data_key_id);
