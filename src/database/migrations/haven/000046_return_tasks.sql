-- A return has a day on which it is due: signing and sending it are tasks like any other.
alter table obligations.task drop constraint task_origin_check;
alter table obligations.task add constraint task_origin_check check (origin in ('register', 'breach', 'destruction', 'return'));
