"""The second argument of resolvers: graphql-core's facts on the field, with our context."""

from graphql import GraphQLResolveInfo

from operations.context import Context

Info = GraphQLResolveInfo[Context]
