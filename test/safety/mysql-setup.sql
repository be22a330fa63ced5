create table shapes(p point);
insert into shapes values (point(1, 2));
create table vectors(v vector(3));
insert into vectors values (string_to_vector('[1,2,3]'));
create table docs(d json);
insert into docs values ('{"a": 1}');
create function md5(x text) returns text deterministic modifies sql data begin insert into log(m) values('md5'); return get_lock('l', 0); end
create function etag(x text) returns text deterministic modifies sql data begin insert into log(m) values('etag'); return 1; end
create function `count`(x int) returns int deterministic modifies sql data begin insert into log(m) values('count'); return 1; end
create procedure p_dyn() begin prepare s from 'insert into log(m) values(''dyn'')'; execute s; end
