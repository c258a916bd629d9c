using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Rpc;
using Net.Mesh.Rpc.Resilience;
using Polly;
using Polly.Retry;

namespace Net.Mesh;

/// <summary>The policies of calls as strategies of Polly pipelines, beside whatever else a pipeline has.</summary>
public static class RpcResilienceExtensions
{
    // Polly validates the options of a retry by reflection.
    extension<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(ResiliencePipelineBuilder<T> builder)
    {
        /// <summary>Calls again what failed in a way that the policy names.</summary>
        public ResiliencePipelineBuilder<T> AddRpcRetry(RetryPolicy policy)
        {
            ArgumentNullException.ThrowIfNull(policy);
            if (policy.MaxAttempts <= 1)
                return builder;
            return builder.AddRetry(new RetryStrategyOptions<T>
            {
                Name = "nrpc-retry",
                MaxRetryAttempts = policy.MaxAttempts - 1,
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } failure && BudgetOf(args.Context)?.IsOver != true && policy.ShouldRetry(failure)),
                DelayGenerator = args =>
                {
                    TimeSpan pause = policy.PauseAfter(args.AttemptNumber + 1);
                    return ValueTask.FromResult<TimeSpan?>(BudgetOf(args.Context)?.Cap(pause) ?? pause);
                },
            });
        }
    }

    extension<T>(ResiliencePipelineBuilder<T> builder)
    {
        /// <summary>Calls several times at once, a while apart; the first answer counts.</summary>
        public ResiliencePipelineBuilder<T> AddRpcHedge(HedgePolicy policy)
        {
            ArgumentNullException.ThrowIfNull(policy);
            return policy.Hedges == 0 ? builder : builder.AddStrategy(context => new HedgeStrategy<T>(policy, context.TimeProvider));
        }
    }

    extension<TBuilder>(TBuilder builder)
        where TBuilder : ResiliencePipelineBuilderBase
    {
        /// <summary>Lets no call through while the breaker is open. One breaker may be in several pipelines.</summary>
        public TBuilder AddRpcCircuitBreaker(CircuitBreaker breaker)
        {
            ArgumentNullException.ThrowIfNull(breaker);
            return builder.AddStrategy(_ => new BreakerStrategy(breaker));
        }
    }

    private static CallBudget? BudgetOf(ResilienceContext context) => context.Properties.TryGetValue(CallBudget.Key, out CallBudget? budget) ? budget : null;
}
