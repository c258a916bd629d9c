using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Codecs;

/// <summary>Writes the members of a value one after the other, and makes it again from them.</summary>
[RequiresUnreferencedCode("Reflection.")]
[RequiresDynamicCode("Reflection.")]
internal sealed class ObjectCodec<T>(ReflectedCodecs codecs, MemberInfo[] members, ConstructorInfo? constructor) : PostcardCodec<T>
{
    private readonly Lazy<IPostcardCodec[]> _codecs = new(() => [.. members.Select(member => CodecOf(codecs, member))]);

    public override void Write(ref PostcardWriter writer, T value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        ArgumentNullException.ThrowIfNull(value);
        IPostcardCodec[] written = _codecs.Value;
        for (int i = 0; i < members.Length; i++)
        {
            object? member = members[i] is PropertyInfo property ? property.GetValue(value) : ((FieldInfo)members[i]).GetValue(value);
            written[i].WriteObject(ref writer, member);
        }
    }

    public override bool TryRead(ref PostcardReader reader, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return false;
        IPostcardCodec[] read = _codecs.Value;
        object?[] values = new object?[members.Length];
        for (int i = 0; i < members.Length; i++)
        {
            if (!read[i].TryReadObject(ref reader, out values[i]))
                return false;
        }
        return TryMake(values, out value);
    }

    /// <summary>A constructor that refuses what was read says that the bytes are no such value.</summary>
    private bool TryMake(object?[] values, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        try
        {
            if (constructor is not null)
            {
                value = (T)constructor.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, values, culture: null);
                return true;
            }
            object made = Activator.CreateInstance<T>()!;
            for (int i = 0; i < members.Length; i++)
                ((PropertyInfo)members[i]).SetMethod!.Invoke(made, BindingFlags.DoNotWrapExceptions, binder: null, [values[i]], culture: null);
            value = (T)made;
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or MeshException)
        {
            return false;
        }
    }

    private static IPostcardCodec CodecOf(ReflectedCodecs codecs, MemberInfo member) => member is PropertyInfo property
        ? codecs.Of(property.PropertyType, new NullabilityInfoContext().Create(property))
        : codecs.Of(((FieldInfo)member).FieldType, new NullabilityInfoContext().Create((FieldInfo)member));
}
