"""What graphql-core tells a resolver, with our context in it."""

from graphql import GraphQLResolveInfo

from operations.context import Context

Info = GraphQLResolveInfo[Context]
