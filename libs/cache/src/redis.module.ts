import { Module } from '@nestjs/common';
import { RedisConnection } from './redis-connection';
import { Replicas } from './replicas';

@Module({ providers: [RedisConnection, Replicas], exports: [RedisConnection, Replicas] })
export class RedisModule {}
