-- What the daily check of retention finds is a task, too: somebody asks for the destruction and somebody else approves it.
alter table obligations.task drop constraint task_origin_check;
alter table obligations.task add constraint task_origin_check check (origin in ('register', 'breach', 'destruction'));
