using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Net.Mesh.Cortex.Codecs;

/// <summary>Finds the codec of a type by looking at it, and remembers it. Any thread may ask.</summary>
[RequiresUnreferencedCode("Reflection.")]
[RequiresDynamicCode("Reflection.")]
internal sealed class ReflectedCodecs
{
    private static readonly Dictionary<Type, IPostcardCodec> Ready = new()
    {
        [typeof(bool)] = Postcard.Boolean,
        [typeof(byte)] = Postcard.Byte,
        [typeof(sbyte)] = Postcard.SByte,
        [typeof(ushort)] = Postcard.UInt16,
        [typeof(uint)] = Postcard.UInt32,
        [typeof(ulong)] = Postcard.UInt64,
        [typeof(UInt128)] = Postcard.UInt128,
        [typeof(short)] = Postcard.Int16,
        [typeof(int)] = Postcard.Int32,
        [typeof(long)] = Postcard.Int64,
        [typeof(Int128)] = Postcard.Int128,
        [typeof(float)] = Postcard.Single,
        [typeof(double)] = Postcard.Double,
        [typeof(string)] = Postcard.String,
        [typeof(char)] = Postcard.Char,
        [typeof(Rune)] = Postcard.Rune,
        [typeof(byte[])] = Postcard.Bytes,
        [typeof(ReadOnlyMemory<byte>)] = Postcard.Bytes.Select(bytes => (ReadOnlyMemory<byte>)bytes, memory => memory.ToArray()),
    };

    private readonly ConcurrentDictionary<Type, IPostcardCodec> _found = new(Ready);

    public PostcardCodec<T> Of<T>() => (PostcardCodec<T>)Of(typeof(T));

    public IPostcardCodec Of(Type type)
    {
        if (_found.TryGetValue(type, out IPostcardCodec? known))
            return known;
        // A type may hold itself, so members are found when they are first used, not here.
        return _found.GetOrAdd(type, Find(type));
    }

    /// <summary>The codec of a member: of its type, or an option where the member may be null.</summary>
    public IPostcardCodec Of(Type type, NullabilityInfo nullability)
    {
        if (type.IsValueType || nullability.ReadState != NullabilityState.Nullable)
            return Of(type);
        return Generic(nameof(Postcard.OptionalReference), [type], Of(type));
    }

    private IPostcardCodec Find(Type type)
    {
        if (type.IsEnum)
            return Generic(nameof(Postcard.Enum), [type]);
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Generic(nameof(Postcard.Optional), [underlying], Of(underlying));
        if (type.IsArray && type.GetArrayRank() == 1)
            return Made(nameof(MakeArray), [type.GetElementType()!]);
        if (type.IsGenericType && FindGeneric(type) is { } generic)
            return generic;
        if (type.IsAbstract || type.IsPrimitive || type.IsPointer || type.IsByRefLike || type == typeof(object))
            throw Unsupported(type);
        return Made(nameof(MakeObject), [type]);
    }

    private IPostcardCodec? FindGeneric(Type type)
    {
        Type definition = type.GetGenericTypeDefinition();
        Type[] arguments = type.GetGenericArguments();
        if (definition == typeof(IReadOnlyList<>) || definition == typeof(IReadOnlyCollection<>) || definition == typeof(IEnumerable<>))
            return Made(nameof(MakeSequence), [type, arguments[0]]);
        if (definition == typeof(List<>) || definition == typeof(IList<>))
            return Made(nameof(MakeList), [type, arguments[0]]);
        if (definition == typeof(ImmutableArray<>))
            return Made(nameof(MakeImmutableArray), arguments);
        if (definition == typeof(IReadOnlyDictionary<,>) || definition == typeof(Dictionary<,>) || definition == typeof(IDictionary<,>))
            return Made(nameof(MakeDictionary), [type, .. arguments]);
        return type.IsAssignableTo(typeof(ITuple)) && type.IsValueType ? Made(nameof(MakeTuple), [type]) : null;
    }

    private PostcardCodec<T[]> MakeArray<T>() => Postcard.Array(new LazyCodec<T>(this));

    private PostcardCodec<TList> MakeSequence<TList, T>() =>
        Postcard.List(new LazyCodec<T>(this)).Select(list => (TList)list, list => list as IReadOnlyList<T> ?? [.. (IEnumerable<T>)list!]);

    private PostcardCodec<TList> MakeList<TList, T>() =>
        Postcard.List(new LazyCodec<T>(this)).Select(list => (TList)(object)list.ToList(), list => [.. (IEnumerable<T>)list!]);

    private PostcardCodec<ImmutableArray<T>> MakeImmutableArray<T>() =>
        Postcard.List(new LazyCodec<T>(this)).Select(list => list.ToImmutableArray(), array => array.IsDefault ? [] : (IReadOnlyList<T>)array);

    private PostcardCodec<TMap> MakeDictionary<TMap, TKey, TValue>()
        where TKey : notnull =>
        Postcard.Dictionary(new LazyCodec<TKey>(this), new LazyCodec<TValue>(this))
            .Select(map => (TMap)map, map => map as IReadOnlyDictionary<TKey, TValue> ?? ((IEnumerable<KeyValuePair<TKey, TValue>>)map!).ToDictionary());

    private ObjectCodec<T> MakeTuple<T>() => new(this, [.. typeof(T).GetFields().Select(field => (MemberInfo)field)], typeof(T).GetConstructor(typeof(T).GetGenericArguments()));

    private ObjectCodec<T> MakeObject<T>()
    {
        (MemberInfo[] members, ConstructorInfo? constructor) = ObjectShape.Of(typeof(T));
        return new ObjectCodec<T>(this, members, constructor);
    }

    private IPostcardCodec Made(string method, Type[] types) => Invoke(
        typeof(ReflectedCodecs).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(types), this, []);

    private static IPostcardCodec Generic(string method, Type[] types, params object[] arguments) => Invoke(
        typeof(Postcard).GetMethods().Single(m => m.Name == method && m.GetGenericArguments().Length == types.Length).MakeGenericMethod(types), null, arguments);

    private static IPostcardCodec Invoke(MethodInfo method, object? target, object[] arguments) =>
        (IPostcardCodec)method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null)!;

    internal static NotSupportedException Unsupported(Type type) =>
        new($"{type} has no form in postcard. Write a PostcardCodec<{type.Name}> for it, or for the type that holds it.");
}
